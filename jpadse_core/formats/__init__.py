"""What authors of codecs share: the chunks, boxes and items that files of many formats are made of, and Pillow."""

"""Discovery of installed components, loading behind a fence, and hook specifications."""

"""The file: sidecar sections, the label map's and the guide's coding, the `.jpse` container, and signatures."""

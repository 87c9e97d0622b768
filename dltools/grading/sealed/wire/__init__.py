"""What both sides of the wall speak: frames of plain data, and cells whose outputs are plain data."""

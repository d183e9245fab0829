"""Charts made on the server as SVG: data first, then a drawing and a table that say the same."""

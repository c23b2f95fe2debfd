"""What the sandbox starts with: sample photos, drawn by the scripts that lie beside them."""

"""Drawing: typed layout on top of Pillow. The pictures themselves live in their features."""

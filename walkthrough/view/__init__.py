"""What each pane says at a step, as rows of styled text: no toolkit, any width, any language."""

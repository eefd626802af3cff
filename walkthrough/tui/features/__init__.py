"""What spans several panes: searching, navigation, the quiz and presentation."""

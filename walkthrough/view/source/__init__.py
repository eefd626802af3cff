"""What the source pane shows: source with notes, values, breadcrumb."""

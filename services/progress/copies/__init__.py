"""What progress knows of quota's units and campaigns: copies by event, and by question where one is missing."""

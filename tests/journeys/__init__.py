"""Through the whole system, as its users go: officials, partners, dashboards."""

"""What the business speaks of: people, money, clients, prices, contracts, deals. Values that cannot be wrong."""

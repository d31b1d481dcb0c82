"""What a team writes for itself: a store, a notifier and a process, tested with nothing but salesreg's public kit."""

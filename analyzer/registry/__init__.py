"""What numbers mean: names for the numbers that packets hold, from generated tables with their source and date."""

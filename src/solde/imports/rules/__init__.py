"""What files of each kind may say."""

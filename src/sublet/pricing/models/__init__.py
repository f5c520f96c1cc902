"""Prices: books, promotions, wholesale terms."""

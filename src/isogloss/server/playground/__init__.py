"""A page to try a model on: sentences against each other, and a search across languages.

`sentences`, `tables`, `links`, `corrections` and `trial` know no Gradio; `page` puts them together.
The page loads nothing from elsewhere.
"""

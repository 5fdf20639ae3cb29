"""Analysis: what trained models do inside. Reads models and data; trains and draws nothing."""

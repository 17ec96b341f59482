"""Plumbing for the VAE course: the notebooks hold what is taught."""

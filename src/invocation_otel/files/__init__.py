"""Copies of the files that runs are given: where they are kept, how they get there, and how a viewer gets them back."""

"""What requests and answers mean, in the words of the providers' own APIs: pure functions, run on the worker."""

"""The world at event n: folds events, keeps checkpoints. Pure: no files, no clock, no screen."""

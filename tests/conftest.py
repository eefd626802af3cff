"""Being here, this file lets every test import its neighbours (`strategies`)."""

"""Trade an assertion for credentials at AWS STS."""

//! The modules that toy programs import.

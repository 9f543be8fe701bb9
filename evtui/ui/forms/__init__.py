"""The dialogs and forms in which values are typed: raise, subscribe, export."""

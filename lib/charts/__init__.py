"""Chart builders on one Altair theme, and the notebook renderer that stores each chart once."""

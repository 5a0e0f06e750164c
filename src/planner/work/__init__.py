"""What a household's actor does: it joins engine, storage and actors, one module per family of kinds."""

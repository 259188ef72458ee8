"""The side road: packets that travel in tunnels, in fragments or on rare links, read one by one to the same columns."""

namespace P2P.Crdt.Presence;

/// <summary>What an author says of itself.</summary>
/// <param name="Name">For people; at most <see cref="PresenceCodec.NameBytesMax"/> bytes of UTF-8; may be empty.</param>
/// <param name="Colour">0xRRGGBB.</param>
/// <param name="Cursor">Where the author types; null when nowhere.</param>
/// <param name="Anchor">The other end of what the author has selected; null when nothing is.</param>
/// <param name="Number">Rises with every message of an author: gossip may turn two around.</param>
public sealed record PresenceMessage(string Name, uint Colour, PresencePlace? Cursor, PresencePlace? Anchor, ulong Number)
{
    /// <summary>Whether both show the same.</summary>
    internal bool ShowsAs(PresenceMessage other) => this == other with { Number = Number };
}

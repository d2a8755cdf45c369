using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>What one person sends another to open a document: its genesis and where to find it.</summary>
/// <param name="Genesis">The document.</param>
/// <param name="Addresses">At most three, each ending in a peer id.</param>
/// <remarks>Spec: replica, section 2.3.</remarks>
public sealed record Ticket(Genesis Genesis, IReadOnlyList<Multiaddr> Addresses)
{
    /// <summary>How every ticket begins.</summary>
    public const string Prefix = "p2pdoc";

    /// <summary>Most addresses.</summary>
    public const int AddressesMax = 3;

    /// <summary>Reads a ticket; never throws on input.</summary>
    /// <param name="text">What was pasted.</param>
    /// <param name="ticket">The ticket.</param>
    /// <param name="reason">Why not; <see cref="InvalidReason.Version"/> for a newer one.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Ticket? ticket, out InvalidReason reason) => throw new NotImplementedException();

    /// <summary>The text form.</summary>
    public override string ToString() => throw new NotImplementedException();
}

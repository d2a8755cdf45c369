using P2P.Core.Identity;

namespace P2P.Crdt.Presence;

/// <summary>One input of <see cref="PresenceCore"/>.</summary>
/// <param name="Kind">What happened.</param>
public sealed record PresenceInput(PresenceInputKind Kind)
{
    /// <summary>Time passed.</summary>
    public static PresenceInput Tick { get; } = new(PresenceInputKind.Tick);

    /// <summary>Of <see cref="PresenceInputKind.Show"/>.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Of <see cref="PresenceInputKind.Show"/>.</summary>
    public uint Colour { get; init; }

    /// <summary>Of <see cref="PresenceInputKind.Move"/>.</summary>
    public PresenceCaret? Caret { get; init; }

    /// <summary>Of <see cref="PresenceInputKind.Placed"/>; null while what is there is in no event.</summary>
    public PresencePlace? Cursor { get; init; }

    /// <summary>Of <see cref="PresenceInputKind.Placed"/>.</summary>
    public PresencePlace? Anchor { get; init; }

    /// <summary>Of <see cref="PresenceInputKind.Received"/>: the neighbour that brought it, verified by the transport.</summary>
    public PeerId Source { get; init; }

    /// <summary>Of <see cref="PresenceInputKind.Received"/>: who signed it, verified.</summary>
    public PeerId Author { get; init; }

    /// <summary>Of <see cref="PresenceInputKind.Received"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }
}

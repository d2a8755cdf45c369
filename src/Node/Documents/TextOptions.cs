using System.ComponentModel.DataAnnotations;

namespace P2P.Node.Documents;

/// <summary>How edits become events.</summary>
public sealed record TextOptions
{
    /// <summary>Typing is cut into an event after this much silence. Default 30 ms.</summary>
    public TimeSpan IdleCut { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>And at the latest this long after its first keystroke. Default 1 s.</summary>
    public TimeSpan AgeCut { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>And when this many characters are waiting. Default 4,096.</summary>
    [Range(1, 65_536)]
    public int CharactersCut { get; init; } = 4096;

    /// <summary>Longest text of one call, in UTF-16 units; longer text is refused by name. Default 16,777,216.</summary>
    [Range(1, 268_435_456)]
    public int InsertMax { get; init; } = 16 << 20;

    /// <summary>Edits that may wait in the document's inbox; callers wait beyond. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int InboxCapacity { get; init; } = 1024;

    /// <summary>How many past changes an edit may be rebased over. Default 65,536.</summary>
    [Range(16, 1_048_576)]
    public int RebaseDepth { get; init; } = 65_536;

    /// <summary>Whether events carry no claimed time. Default false.</summary>
    public bool WithholdTime { get; init; }
}

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

    /// <summary>And, when true, before an edit somewhere else than at the end of the one before it. Default false: one event holds several places.</summary>
    public bool CutOnMove { get; init; }

    /// <summary>Own edits that follow one another faster than this are undone together. Default 500 ms.</summary>
    public TimeSpan UndoGrouping { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Groups of own edits that can be undone; the oldest is forgotten first. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int UndoGroupsMax { get; init; } = 1_000;

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

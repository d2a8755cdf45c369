namespace P2P.Node.Documents;

/// <summary>
/// What happened to a text since the update before, as an editor wants to know it: splices in order, what is typed here included before it is an
/// event. Immutable.
/// </summary>
public sealed class TextUpdate
{
    private readonly TaskCompletionSource<TextUpdate?> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal TextUpdate(TextSnapshot snapshot, IReadOnlyList<TextStep> steps)
    {
        Snapshot = snapshot;
        Steps = steps;
    }

    /// <summary>The text after the last step.</summary>
    public TextSnapshot Snapshot { get; }

    /// <summary>The steps from the update before to here.</summary>
    public IReadOnlyList<TextStep> Steps { get; }

    /// <summary>The update after this one; null when the document is closed.</summary>
    internal Task<TextUpdate?> Next => _next.Task;

    /// <summary>The same moment as a beginning.</summary>
    internal TextUpdate AsStart() => new(Snapshot, []);

    internal void Follow(TextUpdate? next) => _next.TrySetResult(next);
}

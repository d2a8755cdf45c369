using P2P.Node.Documents;

namespace P2P.Dashboard.Editing;

/// <summary>
/// The carets of the browsers that edit one document on this node. A node has one presence, so other nodes see the caret that moved last; the browsers
/// here see each other's. Thread-safe; bounded by the number of sockets.
/// </summary>
internal sealed class LocalCarets(TextDocument document)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EditSocket, Window> _windows = [];
    private volatile TaskCompletionSource _changed = NewSource();
    private long _moves;

    /// <summary>Completes at the next change after it was read.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Notes where a browser's caret is, in words of a version it was told of.</summary>
    /// <exception cref="ArgumentException">Outside the text as it was in that version.</exception>
    /// <exception cref="P2P.Node.P2PException">The document is closed, or the version is too old.</exception>
    public async Task MoveAsync(EditSocket browser, (int Anchor, int Head) place, TextVersion version, CancellationToken cancellationToken)
    {
        long number = Interlocked.Increment(ref _moves); // of two moves under way the one that was asked for last counts
        LocalCaret caret = await document.Presence.BindAsync(place.Head, place.Anchor == place.Head ? null : place.Anchor, version, cancellationToken);
        lock (_gate)
        {
            _windows.TryGetValue(browser, out Window? known);
            if (known is null || known.Move < number)
            {
                _windows[browser] = new Window(known?.Number ?? FreeNumber(), number, caret);
            }
        }

        Signal();
    }

    /// <summary>A browser is gone.</summary>
    /// <returns>The caret that moved last among those that stay; null when there is none.</returns>
    public LocalCaret? Remove(EditSocket browser)
    {
        LocalCaret? newest;
        lock (_gate)
        {
            _windows.Remove(browser);
            newest = _windows.Values.MaxBy(static w => w.Move)?.Caret;
        }

        Signal();
        return newest;
    }

    /// <summary>Where the others are now, by the number of their window.</summary>
    public async Task<IReadOnlyList<(int Window, int Head, int? Anchor)>> OthersAsync(EditSocket browser, CancellationToken cancellationToken)
    {
        Window[] others;
        lock (_gate)
        {
            others = [.. _windows.Where(w => w.Key != browser).Select(static w => w.Value).OrderBy(static w => w.Number)];
        }

        IReadOnlyList<(int Caret, int? Anchor)> places = others.Length == 0 ? [] : await document.Presence.ResolveAsync([.. others.Select(static w => w.Caret)], cancellationToken);
        return [.. others.Zip(places, static (window, place) => (window.Number, place.Caret, place.Anchor))];
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int FreeNumber()
    {
        int number = 1;
        while (_windows.Values.Any(w => w.Number == number))
        {
            number++;
        }

        return number;
    }

    private void Signal()
    {
        TaskCompletionSource before;
        lock (_gate)
        {
            before = _changed;
            _changed = NewSource();
        }

        before.TrySetResult();
    }

    /// <param name="Number">Among those that are open, from 1.</param>
    /// <param name="Move">Its place among all moves.</param>
    /// <param name="Caret">Where it is.</param>
    private sealed record Window(int Number, long Move, LocalCaret Caret);
}

using P2P.Crdt.Presence;

namespace P2P.Node.Documents;

/// <summary>
/// Calls about the presence of this node, in the order in which they were made. A move asks the text where it goes first, so calls overtake each
/// other: what a newer one undid is left out, or a caret would come back after it was taken away.
/// </summary>
internal sealed class PresenceCalls
{
    private long _numbers; // given to calls, from any thread
    private long _moved; // the newest that was taken, of each kind; the loop's
    private long _shown;
    private long _left;

    /// <summary>The next place; from any thread.</summary>
    public long Next() => Interlocked.Increment(ref _numbers);

    /// <summary>What is left of a call now that its turn has come; null for nothing.</summary>
    /// <param name="input">What was asked for.</param>
    /// <param name="number">Its place; 0 for what is no call.</param>
    public PresenceInput? Take(PresenceInput input, long number)
    {
        if (number == 0)
        {
            return input;
        }

        if (input.Kind == PresenceInputKind.Show)
        {
            _shown = Math.Max(_shown, number);
            return number > _left ? input : null;
        }

        bool leaves = input.Kind == PresenceInputKind.Leave;
        bool moves = number > _moved;
        _moved = Math.Max(_moved, number);
        _left = leaves ? Math.Max(_left, number) : _left;
        if (leaves && number > _shown)
        {
            return input;
        }

        // Shown again since: of leaving only the caret is left to be taken away.
        return !moves ? null : leaves ? new PresenceInput(PresenceInputKind.Move) : input;
    }
}

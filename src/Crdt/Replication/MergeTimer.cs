using P2P.Core.Runtime;

namespace P2P.Crdt.Replication;

/// <summary>
/// When this replica writes merges: a random time after there were too many heads, and later again each time somebody else's merge leaves fewer of them,
/// because whoever began goes on. Otherwise all replicas would merge the same ten thousand heads. Nobody can put it off for ever: three delays are the
/// most.
/// </summary>
/// <remarks>Spec: replica, section 6, and row 23 of section 15.</remarks>
internal sealed class MergeTimer(ReplicaOptions options)
{
    private const int DelaysMax = 3;

    private TimeSpan _latest;
    private int _heads;

    /// <summary>When merges are wanted; null = not.</summary>
    public TimeSpan? Due { get; private set; }

    /// <summary>The heads may have changed.</summary>
    /// <param name="heads">How many there are.</param>
    /// <param name="othersMerged">Whether a merge of somebody else came in.</param>
    /// <param name="now">The time.</param>
    public void Update(int heads, bool othersMerged, TimeSpan now)
    {
        bool isWanted = options.WritesMerges && options.Broadcaster is not null && heads > options.HeadsBeforeMerge;
        if (!isWanted)
        {
            Due = null;
        }
        else if (Due is null)
        {
            _latest = now + (options.MergeDelayMax * DelaysMax);
            Due = now + Draw();
        }
        else if (othersMerged && heads < _heads)
        {
            TimeSpan later = now + Draw();
            Due = later < _latest ? later : _latest;
        }

        _heads = heads;
    }

    /// <summary>Whether merges are wanted now; then they are not any more.</summary>
    public bool TakeDue(TimeSpan now)
    {
        bool isDue = Due <= now;
        Due = isDue ? null : Due;
        return isDue;
    }

    /// <summary>Not all were written: the rest in the next turn.</summary>
    public void GoOn(TimeSpan now) => Due = now;

    private TimeSpan Draw() => options.Chance.Between(TimeSpan.Zero, options.MergeDelayMax);
}

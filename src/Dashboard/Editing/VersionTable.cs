using P2P.Node.Documents;

namespace P2P.Dashboard.Editing;

/// <summary>The versions a browser was told of and may still base an edit on. Thread-safe; bounded: a browser that is further behind starts anew.</summary>
internal sealed class VersionTable
{
    private const int VersionsMax = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<(long Number, TextVersion Version)> _versions = new();
    private long _last;

    /// <summary>Numbers a version that is about to be sent.</summary>
    public long Add(TextVersion version)
    {
        lock (_gate)
        {
            if (_versions.Count >= VersionsMax)
            {
                _versions.Dequeue();
            }

            _versions.Enqueue((++_last, version));
            return _last;
        }
    }

    /// <summary>The version of a number; forgets the older ones, for a browser never goes back.</summary>
    public TextVersion? Take(long number)
    {
        lock (_gate)
        {
            while (_versions.TryPeek(out (long Number, TextVersion Version) oldest) && oldest.Number < number)
            {
                _versions.Dequeue();
            }

            return _versions.TryPeek(out (long Number, TextVersion Version) found) && found.Number == number ? found.Version : null;
        }
    }
}

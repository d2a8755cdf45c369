using System.Threading.Channels;

namespace P2P.Transport.Connections;

/// <summary>Fans peer events out to readers, each with a bounded queue of its own. Guarded by <see cref="NetworkState"/>: one lock orders state and events.</summary>
/// <param name="backlog">Events a reader may fall behind; it then loses the oldest.</param>
/// <param name="readersMax">Readers at the same time.</param>
internal sealed class PeerEventHub(int backlog, int readersMax)
{
    private readonly HashSet<Channel<PeerEvent>> _readers = [];
    private bool _completed;

    public int Readers => _readers.Count;

    /// <summary>Never waits: a full queue drops its oldest event.</summary>
    public void Publish(PeerEvent change)
    {
        foreach (Channel<PeerEvent> reader in _readers)
        {
            reader.Writer.TryWrite(change);
        }
    }

    /// <summary>Adds a reader that first sees <paramref name="present"/>.</summary>
    /// <exception cref="TransportException">Too many readers.</exception>
    public Channel<PeerEvent> Subscribe(IEnumerable<PeerEvent> present)
    {
        if (_readers.Count >= readersMax)
        {
            throw new TransportException(TransportError.LimitReached, $"{_readers.Count} readers of peer events; the limit is {nameof(PeerNetworkOptions.EventReadersMax)}.");
        }

        Channel<PeerEvent> reader = Channel.CreateBounded<PeerEvent>(new BoundedChannelOptions(backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        foreach (PeerEvent change in present)
        {
            reader.Writer.TryWrite(change);
        }

        if (_completed)
        {
            reader.Writer.TryComplete();
        }
        else
        {
            _readers.Add(reader);
        }

        return reader;
    }

    public void Unsubscribe(Channel<PeerEvent> reader)
    {
        _readers.Remove(reader);
        reader.Writer.TryComplete();
    }

    public void Complete()
    {
        _completed = true;
        foreach (Channel<PeerEvent> reader in _readers)
        {
            reader.Writer.TryComplete();
        }

        _readers.Clear();
    }
}

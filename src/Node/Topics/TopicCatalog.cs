using P2P.Node.Logs;
using P2P.PubSub;

namespace P2P.Node.Topics;

/// <summary>
/// The topics of a node: messages to whoever listens now, signed, not kept. What must not be lost belongs into a document or a log. Thread-safe.
/// </summary>
public sealed class TopicCatalog
{
    /// <summary>Names that begin so are the stack's own.</summary>
    private const string Reserved = "/p2p/";

    private readonly P2POptions _options;
    private readonly GossipNetwork _gossip;
    private readonly EntryReading _reading;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TopicFeed> _open = new(StringComparer.Ordinal);
    private bool _closed;

    internal TopicCatalog(P2POptions options, GossipNetwork gossip, EntryReading reading)
    {
        _options = options;
        _gossip = gossip;
        _reading = reading;
    }

    /// <summary>
    /// Opens a topic of text (<see cref="string"/>), of bytes (<see cref="ReadOnlyMemory{T}"/> of <see cref="byte"/>), or of a type that
    /// <see cref="P2POptions.Json"/> knows. Never waits.
    /// </summary>
    /// <typeparam name="T">One of them.</typeparam>
    /// <param name="name">1 to 256 bytes of UTF-8, with the name of the network unless that is <c>lan</c>; not beginning with <c>/p2p/</c>.</param>
    /// <exception cref="ArgumentException">Another type: give a format.</exception>
    /// <exception cref="P2PException">A wrong name, or a stopped node.</exception>
    public Topic<T> Open<T>(string name) =>
        Open(name, EntryFormats.Of<T>(_options.Json));

    /// <summary>Opens a topic of messages of any type. Never waits: subscribing goes on in the background, and publishing waits for that.</summary>
    /// <typeparam name="T">What a message says.</typeparam>
    /// <param name="name">As in <see cref="Open{T}(string)"/>.</param>
    /// <param name="format">How messages become bytes; the formats of logs serve.</param>
    /// <exception cref="P2PException">A wrong name, or a stopped node.</exception>
    public Topic<T> Open<T>(string name, ILogFormat<T> format)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(format);
        TopicId id = IdOf(name);
        lock (_gate)
        {
            if (_closed)
            {
                throw new P2PException(NodeError.Stopped, "The node is stopped.");
            }

            object user = new();
            if (!_open.TryGetValue(id.Name, out TopicFeed? feed) || !feed.TryShare(user))
            {
                _open[id.Name] = feed = new TopicFeed(_gossip, id, _options.Spawner, feed?.CloseAsync() ?? Task.CompletedTask, Forget);
                feed.TryShare(user);
            }

            return new Topic<T>(name, (feed, user), (format, _reading), _options);
        }
    }

    /// <summary>Topics that are open or being closed.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    internal async Task CloseAsync()
    {
        TopicFeed[] open;
        lock (_gate)
        {
            _closed = true;
            open = [.. _open.Values];
            _open.Clear();
        }

        foreach (TopicFeed feed in open)
        {
            await feed.CloseAsync();
        }
    }

    // Names are made up by users, one per meeting or per file: a closed one must leave nothing.
    private void Forget(TopicFeed closed)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(closed.Id.Name, out TopicFeed? feed) && feed == closed)
            {
                _open.Remove(closed.Id.Name);
            }
        }
    }

    private TopicId IdOf(string name)
    {
        try
        {
            return name.StartsWith(Reserved, StringComparison.Ordinal)
                ? throw new ArgumentException("It begins with /p2p/.")
                : new TopicId(name.Length == 0 || _options.Network == "lan" ? name : $"/{_options.Network}/{name}");
        }
        catch (ArgumentException wrong)
        {
            throw new P2PException(NodeError.InvalidOption, $"A topic's name has 1 to 256 bytes of UTF-8 and does not begin with {Reserved}: {wrong.Message}", wrong);
        }
    }
}

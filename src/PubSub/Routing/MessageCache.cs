using P2P.Core.Identity;
using P2P.PubSub.Messages;

namespace P2P.PubSub.Routing;

/// <summary>
/// Messages of the last heartbeats, to be advertised and asked for. Bounded in bytes: the oldest leaves first. IWANT names no topic, so of
/// two messages with one id in two topics the first is kept; the second is sent to the mesh alone.
/// </summary>
internal sealed class MessageCache(PubSubOptions options, MessageIdComparer comparer)
{
    private readonly Dictionary<MessageId, Entry> _entries = new(comparer);
    private readonly Queue<Entry> _order = [];
    private long _tick;

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    public void Put(MessageId id, WireMessage message)
    {
        if (message.Frame.Length > options.MessageCacheBytesMax || !_entries.TryAdd(id, new Entry(id, message, _tick)))
        {
            return;
        }

        _order.Enqueue(_entries[id]);
        Bytes += message.Frame.Length;
        while (Bytes > options.MessageCacheBytesMax)
        {
            RemoveOldest();
        }
    }

    public bool Contains(MessageId id) => _entries.ContainsKey(id);

    /// <summary>The message for a peer that asks, counting how often it did.</summary>
    /// <returns>Null when it is gone; <paramref name="refused"/> when the peer had it too often.</returns>
    public WireMessage? TakeFor(PeerId peer, MessageId id, out bool refused)
    {
        refused = false;
        if (!_entries.TryGetValue(id, out Entry? entry))
        {
            return null;
        }

        int sent = entry.Sent.GetValueOrDefault(peer);
        refused = sent >= options.RetransmissionsMax;
        if (refused)
        {
            return null;
        }

        entry.Sent[peer] = sent + 1;
        return entry.Message;
    }

    /// <summary>Ids to advertise, by topic, oldest first.</summary>
    public void Advertised(Dictionary<TopicKey, List<MessageId>> into)
    {
        foreach (Entry entry in _order)
        {
            if (entry.Tick > _tick - options.HistoryGossip)
            {
                if (!into.TryGetValue(entry.Message.Topic, out List<MessageId>? ids))
                {
                    into.Add(entry.Message.Topic, ids = []);
                }

                ids.Add(entry.Id);
            }
        }
    }

    /// <summary>All ids of a topic that are still here, oldest first.</summary>
    public List<MessageId> All(TopicKey topic)
    {
        List<MessageId> ids = [];
        foreach (Entry entry in _order)
        {
            if (entry.Message.Topic == topic)
            {
                ids.Add(entry.Id);
            }
        }

        return ids;
    }

    /// <summary>One heartbeat later.</summary>
    public void Shift()
    {
        _tick++;
        while (_order.TryPeek(out Entry? oldest) && oldest.Tick <= _tick - options.HistoryLength)
        {
            RemoveOldest();
        }
    }

    private void RemoveOldest()
    {
        Entry entry = _order.Dequeue();
        _entries.Remove(entry.Id);
        Bytes -= entry.Message.Frame.Length;
    }

    private sealed class Entry(MessageId id, WireMessage message, long tick)
    {
        public MessageId Id { get; } = id;

        public WireMessage Message { get; } = message;

        public long Tick { get; } = tick;

        /// <summary>How often each peer had it; lives for a few heartbeats, so peers that come and go cannot grow it far.</summary>
        public Dictionary<PeerId, int> Sent { get; } = [];
    }
}

using P2P.Core.Encoding;

namespace P2P.PubSub.Wire;

/// <summary>
/// Encodes subscriptions and control into framed RPCs, each below <see cref="PubSubOptions.RpcSentBytesMax"/> with at most
/// <see cref="PubSubOptions.ControlSentBytesMax"/> of control: rust refuses more (wire digest, trap 7). One owner; reusable.
/// </summary>
internal sealed class RpcWriter(PubSubOptions options)
{
    // Room for a control entry's own tag and length, and for the RPC's and the frame's.
    private const int EntryOverheadBytes = 8;

    private readonly ProtoWriter _body = new(1024);
    private readonly ProtoWriter _control = new(1024);
    private readonly ProtoWriter _entry = new(1024);
    private int _subscriptions;
    private int _entries;
    private int _ids;

    public void Write(OutRpc rpc, List<byte[]> frames)
    {
        foreach (OutSubscription change in rpc.Subscriptions)
        {
            _entry.WriteBool(RpcFields.Subscribe, change.Subscribe);
            _entry.WriteString(RpcFields.SubscribeTopic, change.Topic.Name);
            AddSubscription(frames);
        }

        foreach (TopicId topic in rpc.Grafts)
        {
            _entry.WriteString(RpcFields.ControlTopic, topic.Name);
            AddControl(RpcFields.Graft, frames);
        }

        foreach (OutPrune prune in rpc.Prunes)
        {
            _entry.WriteString(RpcFields.ControlTopic, prune.Topic.Name);
            if (prune.Backoff is TimeSpan backoff)
            {
                _entry.WriteVarint(RpcFields.PruneBackoff, (ulong)Math.Ceiling(backoff.TotalSeconds));
            }

            AddControl(RpcFields.Prune, frames);
        }

        foreach (OutIHave have in rpc.IHaves)
        {
            WriteIds(have.Ids, have.Topic, RpcFields.IHave, frames);
        }

        WriteIds(rpc.IWants, default, RpcFields.IWant, frames);
        WriteIds(rpc.IDontWants, default, RpcFields.IDontWant, frames);
        Flush(frames);
    }

    private void WriteIds(IReadOnlyList<MessageId> ids, TopicId topic, int kind, List<byte[]> frames)
    {
        int field = kind == RpcFields.IHave ? RpcFields.IHaveIds : RpcFields.WantIds;
        int at = 0;
        while (at < ids.Count)
        {
            if (_control.Length + TopicId.BytesMax + (2 * MessageId.BytesMax) > options.ControlSentBytesMax)
            {
                Flush(frames);
            }

            if (!topic.IsNone)
            {
                _entry.WriteString(RpcFields.ControlTopic, topic.Name);
            }

            int first = at;
            int room = options.ControlSentBytesMax - _control.Length - EntryOverheadBytes - MessageId.BytesMax;
            while (at < ids.Count && (at == first || _entry.Length < room) && _ids + at - first < options.ControlIdsMax)
            {
                _entry.WriteBytes(field, ids[at].Bytes);
                at++;
            }

            _ids += at - first;
            AddControl(kind, frames);
            if (at < ids.Count)
            {
                Flush(frames);
            }
        }
    }

    private void AddSubscription(List<byte[]> frames)
    {
        if (_subscriptions >= options.SubscriptionsPerRpcMax || _body.Length + _entry.Length + EntryOverheadBytes > options.ControlSentBytesMax)
        {
            Flush(frames);
        }

        _subscriptions++;
        _body.WriteBytes(RpcFields.Subscriptions, _entry.WrittenSpan);
        _entry.Clear();
    }

    private void AddControl(int kind, List<byte[]> frames)
    {
        if (_entries >= options.ControlEntriesMax || _control.Length + _entry.Length + EntryOverheadBytes > options.ControlSentBytesMax)
        {
            Flush(frames);
        }

        _entries++;
        _control.WriteBytes(kind, _entry.WrittenSpan);
        _entry.Clear();
    }

    private void Flush(List<byte[]> frames)
    {
        if (_control.Length > 0)
        {
            _body.WriteBytes(RpcFields.Control, _control.WrittenSpan);
        }

        if (_body.Length > 0)
        {
            frames.Add(_body.ToDelimited());
        }

        _body.Clear();
        _control.Clear();
        _subscriptions = 0;
        _entries = 0;
        _ids = 0;
    }
}

using P2P.Core.Encoding;
using P2P.PubSub.Messages;
using P2P.PubSub.Routing;

namespace P2P.PubSub.Wire;

/// <summary>
/// Decodes RPCs. Never throws on input. Malformed bytes refuse the whole RPC; a part over its limit is left out as a whole and named,
/// because honest peers with larger limits than ours exist and their messages are still wanted.
/// </summary>
/// <remarks>Spec: gossipsub RPC; limits, section 2. Unknown fields (1.3 extensions, PX records) are skipped.</remarks>
internal static class RpcCodec
{
    public static bool TryDecode(ReadOnlySpan<byte> source, PubSubOptions options, out Rpc rpc)
    {
        rpc = new Rpc();
        if (!RpcShape.TryMeasure(source, out RpcShape shape))
        {
            return false;
        }

        bool subscriptions = Allow(shape.Subscriptions <= options.SubscriptionsPerRpcMax, GossipRefusal.TooManySubscriptions, rpc);
        bool messages = Allow(shape.Messages <= options.MessagesPerRpcMax, GossipRefusal.TooManyMessages, rpc);
        bool control = Allow(shape.ControlBytes <= options.ControlBytesMax, GossipRefusal.ControlTooLong, rpc)
            && Allow(
                shape.ControlEntries <= options.ControlEntriesMax && shape.ControlIds <= options.ControlIdsMax,
                GossipRefusal.TooManyControlEntries,
                rpc);
        bool ok = true;
        ProtoReader reader = new(source);
        while (ok && reader.TryReadField())
        {
            ok = (reader.WireType, reader.Field) switch
            {
                (ProtoWireType.Bytes, RpcFields.Subscriptions) => !subscriptions || TryReadSubscription(reader.Bytes, rpc),
                (ProtoWireType.Bytes, RpcFields.Publish) => !messages || TryReadMessage(reader.Bytes, rpc),
                (ProtoWireType.Bytes, RpcFields.Control) => !control || TryReadControl(reader.Bytes, rpc),
                _ => true,
            };
        }

        return ok;
    }

    private static bool Allow(bool within, GossipRefusal refusal, Rpc rpc)
    {
        if (!within)
        {
            rpc.Refusals.Add(refusal);
        }

        return within;
    }

    private static bool TryReadSubscription(ReadOnlySpan<byte> source, Rpc rpc)
    {
        ReadOnlySpan<byte> topic = default;
        bool subscribe = false;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsVarint(RpcFields.Subscribe))
            {
                subscribe = reader.Value != 0;
            }
            else if (reader.IsBytes(RpcFields.SubscribeTopic))
            {
                topic = reader.Bytes;
            }
        }

        if (!reader.Failed && TryKey(topic, rpc, out TopicKey key))
        {
            rpc.Subscriptions.Add(new SubscriptionChange(key, subscribe));
        }

        return !reader.Failed;
    }

    private static bool TryReadMessage(ReadOnlySpan<byte> source, Rpc rpc)
    {
        WireFields fields = default;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.WireType == ProtoWireType.Bytes)
            {
                fields.Set(reader.Field, reader.Bytes);
            }
        }

        if (reader.Failed)
        {
            return false;
        }

        if (Allow(fields.Topic.Length is > 0 and <= TopicId.BytesMax, GossipRefusal.TopicName, rpc))
        {
            rpc.Messages.Add(WireMessage.Create(fields));
        }

        return true;
    }

    private static bool TryReadControl(ReadOnlySpan<byte> source, Rpc rpc)
    {
        ProtoReader reader = new(source);
        bool ok = true;
        while (ok && reader.TryReadField())
        {
            ok = (reader.WireType, reader.Field) switch
            {
                (ProtoWireType.Bytes, RpcFields.IHave) => TryReadIHave(reader.Bytes, rpc),
                (ProtoWireType.Bytes, RpcFields.IWant) => TryReadIds(reader.Bytes, RpcFields.WantIds, rpc.IWants, rpc),
                (ProtoWireType.Bytes, RpcFields.IDontWant) => TryReadIds(reader.Bytes, RpcFields.WantIds, rpc.IDontWants, rpc),
                (ProtoWireType.Bytes, RpcFields.Graft) => TryReadTopic(reader.Bytes, rpc, prune: false),
                (ProtoWireType.Bytes, RpcFields.Prune) => TryReadTopic(reader.Bytes, rpc, prune: true),
                _ => true,
            };
        }

        return ok;
    }

    private static bool TryReadIHave(ReadOnlySpan<byte> source, Rpc rpc)
    {
        if (!TryReadTopicField(source, out ReadOnlySpan<byte> topic, out _))
        {
            return false;
        }

        if (!TryKey(topic, rpc, out TopicKey key))
        {
            return true;
        }

        List<MessageId> ids = [];
        rpc.IHaves.Add(new IHave(key, ids));
        return TryReadIds(source, RpcFields.IHaveIds, ids, rpc);
    }

    private static bool TryReadTopic(ReadOnlySpan<byte> source, Rpc rpc, bool prune)
    {
        if (!TryReadTopicField(source, out ReadOnlySpan<byte> topic, out ulong backoff))
        {
            return false;
        }

        if (!TryKey(topic, rpc, out TopicKey key))
        {
            return true;
        }

        if (prune)
        {
            rpc.Prunes.Add(new Prune(key, backoff));
        }
        else
        {
            rpc.Grafts.Add(key);
        }

        return true;
    }

    private static bool TryReadTopicField(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> topic, out ulong backoff)
    {
        topic = default;
        backoff = 0;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(RpcFields.ControlTopic))
            {
                topic = reader.Bytes;
            }
            else if (reader.IsVarint(RpcFields.PruneBackoff))
            {
                backoff = reader.Value;
            }
        }

        return !reader.Failed;
    }

    private static bool TryReadIds(ReadOnlySpan<byte> source, int field, List<MessageId> ids, Rpc rpc)
    {
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(field)
                && Allow(reader.Bytes.Length is > 0 and <= MessageId.BytesMax, GossipRefusal.MessageIdLength, rpc))
            {
                ids.Add(new MessageId(reader.Bytes));
            }
        }

        return !reader.Failed;
    }

    private static bool TryKey(ReadOnlySpan<byte> topic, Rpc rpc, out TopicKey key)
    {
        bool ok = Allow(topic.Length is > 0 and <= TopicId.BytesMax, GossipRefusal.TopicName, rpc);
        key = ok ? TopicKey.Of(topic) : default;
        return ok;
    }
}

using P2P.Core.Encoding;

namespace P2P.PubSub.Wire;

/// <summary>How many of what an RPC holds, counted on the raw bytes before any object exists (CVE-2026-86040, CVE-2026-46679).</summary>
internal struct RpcShape
{
    public int Subscriptions;
    public int Messages;
    public int ControlBytes;
    public int ControlEntries;
    public int ControlIds;

    public static bool TryMeasure(ReadOnlySpan<byte> source, out RpcShape shape)
    {
        shape = default;
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.IsBytes(RpcFields.Subscriptions))
            {
                shape.Subscriptions++;
            }
            else if (reader.IsBytes(RpcFields.Publish))
            {
                shape.Messages++;
            }
            else if (reader.IsBytes(RpcFields.Control))
            {
                shape.ControlBytes += reader.Bytes.Length;
                if (!shape.TryMeasureControl(reader.Bytes))
                {
                    return false;
                }
            }
        }

        return !reader.Failed;
    }

    private bool TryMeasureControl(ReadOnlySpan<byte> source)
    {
        ProtoReader reader = new(source);
        while (reader.TryReadField())
        {
            if (reader.WireType != ProtoWireType.Bytes || reader.Field > RpcFields.IDontWant)
            {
                continue;
            }

            ControlEntries++;
            int ids = reader.Field switch
            {
                RpcFields.IHave => RpcFields.IHaveIds,
                RpcFields.IWant or RpcFields.IDontWant => RpcFields.WantIds,
                _ => 0,
            };
            if (ids != 0)
            {
                if (!ProtoReader.TryCount(reader.Bytes, ids, out int count))
                {
                    return false;
                }

                ControlIds += count;
            }
        }

        return !reader.Failed;
    }
}

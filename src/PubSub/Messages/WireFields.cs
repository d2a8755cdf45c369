using P2P.PubSub.Wire;

namespace P2P.PubSub.Messages;

/// <summary>The fields of a message before it is built, each with its presence: a signature covers an empty field that was sent.</summary>
internal ref struct WireFields
{
    public ReadOnlySpan<byte> From { get; private set; }

    public ReadOnlySpan<byte> Data { get; private set; }

    public ReadOnlySpan<byte> Sequence { get; private set; }

    public ReadOnlySpan<byte> Topic { get; private set; }

    public ReadOnlySpan<byte> Signature { get; private set; }

    public ReadOnlySpan<byte> Key { get; private set; }

    public bool HasFrom { get; private set; }

    public bool HasData { get; private set; }

    public bool HasSequence { get; private set; }

    public bool HasSignature { get; private set; }

    public bool HasKey { get; private set; }

    /// <summary>Sets a field by its number; unknown ones are dropped, of repeated ones the last counts.</summary>
    public void Set(int field, ReadOnlySpan<byte> value)
    {
        switch (field)
        {
            case RpcFields.From:
                From = value;
                HasFrom = true;
                break;
            case RpcFields.Data:
                Data = value;
                HasData = true;
                break;
            case RpcFields.Sequence:
                Sequence = value;
                HasSequence = true;
                break;
            case RpcFields.Topic:
                Topic = value;
                break;
            case RpcFields.Signature:
                Signature = value;
                HasSignature = true;
                break;
            case RpcFields.Key:
                Key = value;
                HasKey = true;
                break;
            default:
                break;
        }
    }
}

using P2P.Core.Multiformats;
using P2P.PubSub.Routing;

namespace P2P.PubSub.Messages;

/// <summary>
/// A message in canonical encoding, already framed as an RPC with nothing else in it, so that passing it on to any number of peers copies
/// nothing. Fields are kept present or absent as received (a signature covers that too); unknown fields are dropped. Immutable.
/// </summary>
/// <remarks>Layout of the frame: uvarint length ‖ 12 ‖ uvarint length ‖ Message, fields in ascending order.</remarks>
internal sealed class WireMessage
{
    private readonly byte[] _frame;
    private readonly FieldRange _from;
    private readonly FieldRange _data;
    private readonly FieldRange _sequence;
    private readonly FieldRange _topic;
    private readonly FieldRange _signature;
    private readonly FieldRange _key;
    private readonly int _start;
    private readonly int _signedLength;

    private WireMessage(in WireFields fields, TopicKey topic)
    {
        Topic = topic;
        int signed = SizeOf(fields.From, fields.HasFrom) + SizeOf(fields.Data, fields.HasData)
            + SizeOf(fields.Sequence, fields.HasSequence) + SizeOf(fields.Topic, true);
        int length = signed + SizeOf(fields.Signature, fields.HasSignature) + SizeOf(fields.Key, fields.HasKey);
        int body = 1 + VarInt.SizeOf((ulong)length) + length;
        _frame = new byte[VarInt.SizeOf((ulong)body) + body];
        int at = VarInt.Write(_frame, (ulong)body);
        _frame[at++] = 0x12;
        at += VarInt.Write(_frame.AsSpan(at), (ulong)length);
        _start = at;
        _signedLength = signed;
        _from = Put(1, fields.From, fields.HasFrom, ref at);
        _data = Put(2, fields.Data, fields.HasData, ref at);
        _sequence = Put(3, fields.Sequence, fields.HasSequence, ref at);
        _topic = Put(4, fields.Topic, true, ref at);
        _signature = Put(5, fields.Signature, fields.HasSignature, ref at);
        _key = Put(6, fields.Key, fields.HasKey, ref at);
    }

    /// <summary>The topic.</summary>
    public TopicKey Topic { get; }

    /// <summary>The framed RPC; shared, never written to.</summary>
    public ReadOnlyMemory<byte> Frame => _frame;

    public ReadOnlySpan<byte> From => Span(_from);

    public ReadOnlyMemory<byte> Data => _data.Start == 0 ? default : _frame.AsMemory(_data.Start, _data.Length);

    public ReadOnlySpan<byte> Sequence => Span(_sequence);

    public ReadOnlySpan<byte> Signature => Span(_signature);

    public ReadOnlySpan<byte> Key => Span(_key);

    /// <summary>Fields 1 to 4: what a signature covers, behind its prefix.</summary>
    public ReadOnlySpan<byte> Signed => _frame.AsSpan(_start, _signedLength);

    /// <summary>Whether any field that only signed messages have is present, be it empty.</summary>
    public bool HasSigningField => (_from.Start | _sequence.Start | _signature.Start | _key.Start) != 0;

    /// <summary>Whether author, eight-byte sequence number and signature are there.</summary>
    public bool HasSigningFields => _from.Length > 0 && _sequence.Length == 8 && _signature.Length > 0;

    public MessageFields Fields => new()
    {
        From = From,
        Data = Data.Span,
        SequenceNumber = Sequence,
        Topic = Span(_topic),
        Key = Key,
    };

    public static WireMessage Create(in WireFields fields) => new(fields, TopicKey.Of(fields.Topic));

    private static int SizeOf(ReadOnlySpan<byte> value, bool present) =>
        present ? 1 + VarInt.SizeOf((ulong)value.Length) + value.Length : 0;

    private FieldRange Put(int field, ReadOnlySpan<byte> value, bool present, ref int at)
    {
        if (!present)
        {
            return default;
        }

        _frame[at++] = (byte)((field << 3) | 2);
        at += VarInt.Write(_frame.AsSpan(at), (ulong)value.Length);
        value.CopyTo(_frame.AsSpan(at));
        FieldRange range = new(at, value.Length);
        at += value.Length;
        return range;
    }

    private ReadOnlySpan<byte> Span(FieldRange range) => _frame.AsSpan(range.Start, range.Length);

    /// <summary>Start 0 means absent: a frame never begins with a field's content.</summary>
    private readonly record struct FieldRange(int Start, int Length);
}

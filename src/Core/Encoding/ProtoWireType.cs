namespace P2P.Core.Encoding;

/// <summary>How a protobuf field is laid out. Groups are refused.</summary>
public enum ProtoWireType
{
    /// <summary>No field was read.</summary>
    None = 0,

    /// <summary>A varint.</summary>
    Varint,

    /// <summary>Eight bytes, little endian.</summary>
    Fixed64,

    /// <summary>Length-delimited.</summary>
    Bytes,

    /// <summary>Four bytes, little endian.</summary>
    Fixed32,
}

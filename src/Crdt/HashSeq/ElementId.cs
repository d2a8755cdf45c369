using System.Buffers.Binary;

namespace P2P.Crdt.HashSeq;

/// <summary>The 32-byte id of an element; ordered as unsigned bytes. <c>default</c> is no id.</summary>
/// <param name="A">Bytes 0–7, big endian.</param>
/// <param name="B">Bytes 8–15.</param>
/// <param name="C">Bytes 16–23.</param>
/// <param name="D">Bytes 24–31.</param>
/// <remarks>Spec: hashseq, section 3.</remarks>
public readonly record struct ElementId(ulong A, ulong B, ulong C, ulong D) : IComparable<ElementId>
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 32;

    /// <summary>Reads 32 bytes.</summary>
    /// <param name="source">At least 32 bytes.</param>
    public static ElementId Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source),
        BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[24..]));

    /// <summary>Writes 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, A);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], D);
    }

    /// <inheritdoc/>
    public int CompareTo(ElementId other) =>
        A != other.A ? A.CompareTo(other.A)
        : B != other.B ? B.CompareTo(other.B)
        : C != other.C ? C.CompareTo(other.C)
        : D.CompareTo(other.D);

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Byte order.</summary>
    public static bool operator <(ElementId left, ElementId right) => left.CompareTo(right) < 0;

    /// <summary>Byte order.</summary>
    public static bool operator >(ElementId left, ElementId right) => left.CompareTo(right) > 0;

    /// <summary>Byte order.</summary>
    public static bool operator <=(ElementId left, ElementId right) => left.CompareTo(right) <= 0;

    /// <summary>Byte order.</summary>
    public static bool operator >=(ElementId left, ElementId right) => left.CompareTo(right) >= 0;
}

namespace P2P.Transport.Discovery;

/// <summary>Where the parts of a resource record are in its packet.</summary>
/// <param name="NameAt">Offset of the owner name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Class">Its class without the cache-flush bit.</param>
/// <param name="Ttl">Seconds; 0 says good-bye.</param>
/// <param name="DataAt">Offset of the data.</param>
/// <param name="DataLength">Bytes of data, all inside the packet.</param>
internal readonly record struct DnsRecord(int NameAt, DnsType Type, ushort Class, uint Ttl, int DataAt, int DataLength);

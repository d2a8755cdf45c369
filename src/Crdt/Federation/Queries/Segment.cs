namespace P2P.Crdt.Federation.Queries;

/// <summary>A run of records of one shard with what helps to skip it. The filter is advisory: it may only save work.</summary>
/// <remarks>Spec: federation, section 5: <c>{v, min h, max h, count, Bloom filter}</c>.</remarks>
internal sealed class Segment
{
    /// <summary>Records in one segment.</summary>
    public const int RecordsMax = 4_096;

    private readonly BloomFilter _kinds;

    public Segment(IReadOnlyList<QueryRecord> ordered)
    {
        Records = ordered;
        HeightMin = ordered[0].Height;
        HeightMax = ordered[^1].Height;
        _kinds = new BloomFilter();
        foreach (QueryRecord record in ordered)
        {
            _kinds.Add(record.Type);
            if (record.Tag is uint tag)
            {
                _kinds.Add(tag);
            }
        }
    }

    public IReadOnlyList<QueryRecord> Records { get; }

    public ulong HeightMin { get; }

    public ulong HeightMax { get; }

    /// <summary>Whether a scan may find something here.</summary>
    public bool MayHold(ScanQuery scan) => scan.HeightMin <= HeightMax && scan.HeightMax >= HeightMin
        && (scan.Type is null || _kinds.MayHold(scan.Type)) && (scan.Tag is null || _kinds.MayHold(scan.Tag.Value));
}

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Elements cannot come back, so undoing a removal inserts new ones in their place. Older edits that inserted the old ones must
/// then take away the new ones: this is the way from the old to the present ones.
/// </summary>
internal sealed class Replacements
{
    private readonly ElementMap _byElement = new();
    private readonly List<(int Start, int Count, int Successor)> _all = [];
    private readonly Stack<(int Start, int Count)> _open = new();

    /// <summary>The text of the old intervals was inserted again as the new ones.</summary>
    public void Add(List<(int Start, int Count)> old, List<(int Start, int Count)> successors)
    {
        int at = 0;
        int used = 0;
        foreach ((int start, int count) in old)
        {
            for (int done = 0; done < count;)
            {
                (int successor, int length) = successors[at];
                int take = Math.Min(count - done, length - used);
                _byElement.Set(start + done, _all.Count);
                _all.Add((start + done, take, successor + used));
                done += take;
                used += take;
                if (used == length)
                {
                    at++;
                    used = 0;
                }
            }
        }
    }

    /// <summary>What stands for these elements now, in the same order.</summary>
    public List<(int Start, int Count)> Present(List<(int Start, int Count)> elements)
    {
        List<(int Start, int Count)> present = [];
        for (int i = elements.Count - 1; i >= 0; i--)
        {
            _open.Push(elements[i]);
        }

        while (_open.TryPop(out (int Start, int Count) part))
        {
            bool replaced = _byElement.Floor(part.Start, out int index) >= 0 && part.Start < _all[index].Start + _all[index].Count;
            int next = _byElement.Ceiling(part.Start + 1);
            int end = replaced ? _all[index].Start + _all[index].Count : next < 0 ? int.MaxValue : next;
            int take = Math.Min(part.Count, end - part.Start);
            if (take < part.Count)
            {
                _open.Push((part.Start + take, part.Count - take));
            }

            if (replaced)
            {
                _open.Push((_all[index].Successor + (part.Start - _all[index].Start), take));
            }
            else
            {
                present.Add((part.Start, take));
            }
        }

        return present;
    }
}

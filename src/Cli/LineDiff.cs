using P2P.Node.Documents;

namespace P2P.Cli;

/// <summary>
/// What was changed between two texts, line by line: several small changes instead of one large one, so that what others wrote in between keeps its
/// place and its author.
/// </summary>
internal static class LineDiff
{
    /// <summary>Above this many differing lines the search costs too much, and one replacement is made.</summary>
    private const int DistanceMax = 1_000;

    /// <summary>The changes, each in offsets of <paramref name="before"/>, from the last to the first, so that one does not move the next.</summary>
    public static IReadOnlyList<TextSplice> Between(string before, string after)
    {
        if (TextSplice.Between(before, after) is not TextSplice whole)
        {
            return [];
        }

        string[] left = Lines(before);
        string[] right = Lines(after);
        List<TextSplice> splices = [];
        int offset = before.Length;
        int i = left.Length;
        int j = right.Length;
        if (Matches(left, right) is not List<(int Left, int Right)> matches)
        {
            return [whole];
        }

        matches.Insert(0, (-1, -1));
        for (int m = matches.Count - 1; m >= 0; m--)
        {
            (int keptLeft, int keptRight) = matches[m];
            int start = offset;
            while (i > keptLeft + 1)
            {
                start -= left[--i].Length;
            }

            string inserted = string.Concat(right[(keptRight + 1)..j]);
            if (TextSplice.Between(before[start..offset], inserted) is TextSplice change)
            {
                splices.Add(change with { Offset = start + change.Offset });
            }

            if (keptLeft >= 0)
            {
                (i, j, offset) = (keptLeft, keptRight, start - left[keptLeft].Length);
            }
        }

        return splices;
    }

    /// <summary>Lines with their ends.</summary>
    private static string[] Lines(string text)
    {
        List<string> lines = [];
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add(text[start..end]);
            start = end;
        }

        return [.. lines];
    }

    /// <summary>Lines that stayed, ascending, by Myers' greedy search; null when the texts differ too much.</summary>
    private static List<(int Left, int Right)>? Matches(string[] left, string[] right)
    {
        int max = Math.Min(left.Length + right.Length, DistanceMax);
        int[] furthest = new int[(2 * max) + 3];
        List<int[]> trace = [];
        for (int d = 0; d <= max; d++)
        {
            trace.Add([.. furthest]);
            for (int k = -d; k <= d; k += 2)
            {
                int at = k + max + 1;
                int x = k == -d || (k != d && furthest[at - 1] < furthest[at + 1]) ? furthest[at + 1] : furthest[at - 1] + 1;
                int y = x - k;
                while (x < left.Length && y < right.Length && left[x] == right[y])
                {
                    (x, y) = (x + 1, y + 1);
                }

                furthest[at] = x;
                if (x >= left.Length && y >= right.Length)
                {
                    return Walk(trace, (left.Length, right.Length), max);
                }
            }
        }

        return null;
    }

    private static List<(int Left, int Right)> Walk(List<int[]> trace, (int X, int Y) end, int max)
    {
        List<(int, int)> matches = [];
        (int x, int y) = end;
        for (int d = trace.Count - 1; d >= 0; d--)
        {
            int[] furthest = trace[d];
            int k = x - y;
            int at = k + max + 1;
            bool isDown = k == -d || (k != d && furthest[at - 1] < furthest[at + 1]);
            int fromX = isDown ? furthest[at + 1] : furthest[at - 1];
            int fromY = fromX - (isDown ? k + 1 : k - 1);
            (int startX, int startY) = d == 0 ? (0, 0) : isDown ? (fromX, fromY + 1) : (fromX + 1, fromY);
            while (x > startX && y > startY)
            {
                matches.Add((--x, --y));
            }

            (x, y) = (fromX, fromY);
        }

        matches.Reverse();
        return matches;
    }
}

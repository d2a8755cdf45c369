using System.Globalization;
using System.Text;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Draws stamps as SVG: above, the event tree as a skyline over [0,1), each node's counter a layer of its own; below, the id as a bar, filled where the
/// stamp owns. Equal input gives equal bytes in every culture.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 4.</remarks>
public static class StampPicture
{
    private const int Width = 200;
    private const int Gap = 24;
    private const int UnitHeight = 16;
    private const int BarHeight = 12;
    private const int Title = 18;
    private const int Caption = 16;
    private const int UnitsMax = 64;
    private const string Layers = "#dbe9f6#a9cce8#6aaed6#3a87bd#1c5f9a";

    /// <summary>Rows of named stamps.</summary>
    /// <param name="rows">Each a title and its stamps.</param>
    /// <returns>A whole SVG document.</returns>
    public static string ToSvg(IReadOnlyList<(string Title, IReadOnlyList<(string Name, Stamp Stamp)> Stamps)> rows)
    {
        int columns = Math.Max(1, rows.Max(static r => r.Stamps.Count));
        int[] heights = [.. rows.Select(static r => (int)Math.Min(UnitsMax, Math.Max(1, r.Stamps.Max(static s => s.Stamp.Events.Max))) * UnitHeight)];
        int width = (columns * (Width + Gap)) + Gap;
        int height = heights.Sum() + (rows.Count * (Title + BarHeight + Caption + Gap)) + Gap;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        int top = Gap / 2;
        for (int row = 0; row < rows.Count; row++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Gap}\" y=\"{top + 12}\" font-weight=\"bold\">{Escape(rows[row].Title)}</text>\n");
            for (int column = 0; column < rows[row].Stamps.Count; column++)
            {
                (string name, Stamp stamp) = rows[row].Stamps[column];
                int left = Gap + (column * (Width + Gap));
                DrawEvents(svg, stamp.Events, left, top + Title + heights[row]);
                DrawId(svg, stamp.Id, left, top + Title + heights[row]);
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{top + Title + heights[row] + BarHeight + 12}\">{Escape($"{name} = {stamp}")}</text>\n");
            }

            top += Title + heights[row] + BarHeight + Caption + Gap;
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>One rectangle for each node's own counter, so that the tree can be read off the skyline.</summary>
    private static void DrawEvents(StringBuilder svg, EventTree events, int left, int floor)
    {
        SkylineNodes nodes = new(events.Skyline);
        double[] starts = new double[nodes.Count];
        long[] bases = new long[nodes.Count + 1];
        for (int node = 0; node < nodes.Count; node++)
        {
            int depth = nodes.Depth(node);
            double width = Width * Math.Pow(0.5, depth);
            long parentBase = depth == 0 ? 0 : bases[depth - 1];
            long counter = nodes.Lowest(node) - parentBase;
            bases[depth] = nodes.Lowest(node);
            if (!nodes.IsLeaf(node))
            {
                starts[SkylineNodes.Left(node)] = starts[node];
                starts[nodes.Right(node)] = starts[node] + (width / 2);
            }

            if (counter > 0 && parentBase < UnitsMax)
            {
                long units = Math.Min(counter, UnitsMax - parentBase);
                string fill = Layers.Substring(Math.Min(depth, 4) * 7, 7);
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{left + starts[node]:0.##}\" y=\"{floor - ((parentBase + units) * UnitHeight)}\" width=\"{width:0.##}\" height=\"{units * UnitHeight}\" fill=\"{fill}\" stroke=\"#103050\" stroke-width=\"0.5\"/>\n");
                svg.Append(width >= 12 ? string.Create(CultureInfo.InvariantCulture, $"<text x=\"{left + starts[node] + (width / 2):0.##}\" y=\"{floor - (parentBase * UnitHeight) - 4}\" text-anchor=\"middle\" font-size=\"10\">{counter}</text>\n") : string.Empty);
            }
        }
    }

    private static void DrawId(StringBuilder svg, Id id, int left, int top)
    {
        Skyline skyline = id.Skyline;
        double start = left;
        for (int leaf = 0; leaf < skyline.Count; leaf++)
        {
            double width = Width * Math.Pow(0.5, skyline.Shape.Depths[leaf]);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{start:0.##}\" y=\"{top}\" width=\"{width:0.##}\" height=\"{BarHeight}\" fill=\"{(skyline[leaf] == 1 ? "#c0392b" : "#f4f4f4")}\" stroke=\"#666666\" stroke-width=\"0.5\"/>\n");
            start += width;
        }
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}

using System.Globalization;
using System.Text;

namespace P2P.Crdt.Replication;

/// <summary>A DAG as SVG without help from any program: columns by height, oldest on the left, a legend of authors below.</summary>
internal static class DagSvg
{
    private const int ColumnWidth = 130;
    private const int RowHeight = 64;
    private const int RadiusX = 46;
    private const int RadiusY = 22;
    private const int Margin = 60;

    /// <summary>Draws it.</summary>
    public static string Draw(DagShape shape)
    {
        (int X, int Y)[] places = Place(shape, out int width, out int height);
        int legend = height;
        height += 30 + (shape.Authors.Count * 20);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        text.Append("  <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
        foreach ((int from, int to) in shape.Edges)
        {
            Edge(text, places[from], places[to]);
        }

        for (int i = 0; i < places.Length; i++)
        {
            Oval(text, shape.Vertices[i], places[i]);
        }

        for (int i = 0; i < shape.Authors.Count; i++)
        {
            int y = legend + (i * 20);
            string fill = DagPicture.ColourOf(new DagVertex(default, 0, i, DagVertexKind.Event));
            text.Append(CultureInfo.InvariantCulture, $"  <rect x=\"14\" y=\"{y}\" width=\"14\" height=\"14\" fill=\"{fill}\" stroke=\"#333\"/>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"36\" y=\"{y + 12}\">author {DagPicture.AuthorOf(shape, i)}</text>\n");
        }

        return text.Append("</svg>\n").ToString();
    }

    // Missing links have no height: they stand left of everything. Heights that nobody has take no column.
    private static (int X, int Y)[] Place(DagShape shape, out int width, out int height)
    {
        Dictionary<ulong, int> columns = [];
        foreach (ulong level in shape.Vertices.Select(static v => v.Height).Distinct().Order())
        {
            columns.Add(level, columns.Count);
        }

        int[] used = new int[columns.Count];
        (int X, int Y)[] places = new (int X, int Y)[shape.Vertices.Count];
        for (int i = 0; i < places.Length; i++)
        {
            int column = columns[shape.Vertices[i].Height];
            places[i] = (Margin + (column * ColumnWidth), Margin + (used[column]++ * RowHeight));
        }

        width = (2 * Margin) + (Math.Max(columns.Count - 1, 1) * ColumnWidth);
        height = (2 * Margin) + (Math.Max((used.Length == 0 ? 0 : used.Max()) - 1, 0) * RowHeight);
        return places;
    }

    // From border to border: an ellipse is a circle once its axes are scaled.
    private static void Edge(StringBuilder text, (int X, int Y) from, (int X, int Y) to)
    {
        double dx = (to.X - from.X) / (double)RadiusX;
        double dy = (to.Y - from.Y) / (double)RadiusY;
        double length = Math.Sqrt((dx * dx) + (dy * dy));
        (double ux, double uy) = length > 0 ? (dx / length * RadiusX, dy / length * RadiusY) : (0, 0);
        text.Append(
            CultureInfo.InvariantCulture,
            $"  <line x1=\"{from.X + ux:0.#}\" y1=\"{from.Y + uy:0.#}\" x2=\"{to.X - ux:0.#}\" y2=\"{to.Y - uy:0.#}\" stroke=\"#333\" marker-end=\"url(#arrow)\"/>\n");
    }

    private static void Oval(StringBuilder text, DagVertex vertex, (int X, int Y) place)
    {
        string border = vertex.Kind switch
        {
            DagVertexKind.Head => " stroke-width=\"3\"",
            DagVertexKind.Waiting or DagVertexKind.Missing => " stroke-dasharray=\"4\"",
            _ => string.Empty,
        };
        string second = vertex.Kind == DagVertexKind.Missing ? "missing" : string.Create(CultureInfo.InvariantCulture, $"h{vertex.Height}");
        text.Append(
            CultureInfo.InvariantCulture,
            $"  <ellipse cx=\"{place.X}\" cy=\"{place.Y}\" rx=\"{RadiusX}\" ry=\"{RadiusY}\" fill=\"{DagPicture.ColourOf(vertex)}\" stroke=\"#333\"{border}><title>{vertex.Cid}</title></ellipse>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{place.X}\" y=\"{place.Y - 2}\" text-anchor=\"middle\">{vertex.Short}</text>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{place.X}\" y=\"{place.Y + 13}\" text-anchor=\"middle\">{second}</text>\n");
    }
}

"""Execute the chapters and make the HTML site and the PDF out of them."""
